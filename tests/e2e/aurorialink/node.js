const https = require('https');
const querystring = require('querystring');

function sendBotMessage(token, message) {
  return new Promise((resolve, reject) => {
    const postData = querystring.stringify({
      key_access: token,
      type_action: 'add_message',
      content_message: message
    });

    const options = {
      hostname: 'quantive-studio.xyz',
      port: 443,
      path: '/app/bot_api.php?route=api_messenger',
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        'Content-Length': Buffer.byteLength(postData)
      }
    };

    const req = https.request(options, (res) => {
      let data = '';
      res.on('data', chunk => data += chunk);
      res.on('end', () => resolve(JSON.parse(data)));
    });

    req.on('error', reject);
    req.write(postData);
    req.end();
  });
}

// Usage
sendBotMessage('YOUR_BOT_TOKEN', 'Build #1234 completed successfully!')
  .then(result => console.log(result))
  .catch(error => console.error(error));
