"""Reads what a message asks: its text, without mentions of the bot, with quotes and attachments."""
