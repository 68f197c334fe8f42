"""The Markdown that Teams renders: made safe, split and cited."""
