curl -X POST "https://your-instance.com/rooms/{room_id}/{bot_key}/messages" \
  -H "Content-Type: text/plain" \
  -d "Your message text here"
