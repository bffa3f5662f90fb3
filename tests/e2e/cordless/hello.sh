curl -X POST "https://your-instance.com/rooms/123/456-abc123def456/messages" \
  -H "Content-Type: text/plain" \
  -d "Hello from my bot!"
