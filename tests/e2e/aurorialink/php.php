<?php

function sendBotMessage(string $token, string $message): array
{
    $url = 'https://quantive-studio.xyz/app/bot_api.php?route=api_messenger';

    $postData = [
        'key_access' => $token,
        'type_action' => 'add_message',
        'content_message' => $message
    ];

    $ch = curl_init($url);
    curl_setopt($ch, CURLOPT_POST, true);
    curl_setopt($ch, CURLOPT_POSTFIELDS, http_build_query($postData));
    curl_setopt($ch, CURLOPT_RETURNTRANSFER, true);
    curl_setopt($ch, CURLOPT_HTTPHEADER, [
        'Content-Type: application/x-www-form-urlencoded'
    ]);

    $response = curl_exec($ch);
    $httpCode = curl_getinfo($ch, CURLINFO_HTTP_CODE);
    curl_close($ch);

    if ($httpCode === 404) {
        return ['error' => 'Authentication failed'];
    }

    return json_decode($response, true) ?? ['error' => 'Invalid response'];
}

// Usage
$result = sendBotMessage(
    'YOUR_BOT_TOKEN',
    'New user registered: john.doe@example.com'
);
print_r($result);
