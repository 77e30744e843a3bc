"""What `check` tells of a cohort: what was read, what was not, what is wrong or doubtful, what reports will show.

`account_of` reads a cohort folder as far as it can be read; nothing that it returns holds a patient's value.
"""

from helpers.cohort.account.account import Account, account_of
