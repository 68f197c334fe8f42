"""The checks of `parley doctor`.

A check gets all variables of the environment and returns its findings. It loads only the groups of settings that it
needs, so that a wrong setting elsewhere does not stop it. It may raise `SettingsError`: `check_settings` reports that.
"""
