curl -X POST "https://your-instance.com/rooms/{room_id}/{bot_key}/messages" \
  -F "attachment=@/path/to/file.pdf"
