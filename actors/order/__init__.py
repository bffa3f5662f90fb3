"""Orders over chat: what a customer's messages say, and what becomes of the order by that. All of it is pure.

`words`, `products`, `zones`, `phones` and `payments` recognise; `reading` puts what they found together as `facts`;
`state` is the machine; `speech` is what it answers, `status` what others are shown of it.
"""
