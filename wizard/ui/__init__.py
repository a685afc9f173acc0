"""What people see and answer: the screen, the words, the prompts."""
