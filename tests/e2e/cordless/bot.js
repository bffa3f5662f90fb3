const express = require('express');
const app = express();

app.use(express.json());

app.post('/webhook', (req, res) => {
  const message = req.body?.message?.body?.plain?.toLowerCase();

  if (!message) {
    return res.status(400).end();
  }

  if (message.includes('hello')) {
    res.type('text/plain').send("Hello! I'm a friendly bot.");
  } else if (message.includes('time')) {
    res.type('text/plain').send(`The current time is ${new Date()}`);
  } else {
    res.status(204).end();
  }
});

app.listen(3000);
