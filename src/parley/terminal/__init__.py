"""The commands for the terminal: `parley chat`, `parley doctor` and `parley settings`.

Nothing is imported here: `parley chat` shows its prompt before it loads the bot, which takes seconds.
"""
