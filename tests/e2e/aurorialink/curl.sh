curl -X POST "https://quantive-studio.xyz/app/bot_api.php?route=api_messenger" \
  -d "key_access=TUlOREZDSyqlLtCi..." \
  -d "type_action=add_message" \
  -d "content_message=Server status: All systems operational"
