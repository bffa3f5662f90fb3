"""What a client may ask its desk for, a module a subject. Each handler returns the outcome, or None once it handed the
request and its reply on to another actor."""
