"""Parley: a Microsoft Teams chat bot that streams its answers.

The two AI packages of the Teams SDK announce on import that they are frozen (microsoft/teams.py#406). Parley has
chosen them knowingly, so the announcement is silenced here, before anything imports them. So is what the SDK says of a
preview that Parley makes no use of. Other warnings are not.
"""

import warnings

warnings.filterwarnings(
    "ignore", message=r"microsoft-teams-(ai|openai) is deprecated", category=FutureWarning, append=False
)
warnings.filterwarnings(
    "ignore", message="HtmlWidgetSecurityPolicy is in preview", category=FutureWarning, append=False
)
