curl -X POST "https://quantive-studio.xyz/app/bot_api.php?route=api_messenger" \
  -d "key_access=YOUR_BOT_TOKEN" \
  -d "type_action=add_message" \
  -d "content_message=Hello from my bot!"
