"""The durable log and everything beside it, on SQLAlchemy.

    async with open_storage(directory, report=told, batch_rows=2_000, busy_timeout_ms=300) as storage:
        storage.log.submit(change)

Implements the ports of `actors.ports`. Inside, from the edge to the disk: `writer` (group commit), `library`,
`accounts` and `provisioning` on the trio side of `bridge`; `database` (connections), `commit`, `upkeep` on the other;
`batch`, `plan`, `text` and `vault` are pure.
"""

from storage.errors import KeyFileError, ProvisionError, SchemaTooNew, StorageError
from storage.keyring import Rotation
from storage.offline import begin_epochs, rotate_master_key, set_role
from storage.provision_file import NewAccount, NewBot, NewConversation, NewKey, NewUser, ProvisionFile
from storage.statistics import Buckets, StorageStatistics
from storage.store import Keep, Storage, open_storage

__all__ = [
    "Buckets",
    "Keep",
    "KeyFileError",
    "NewAccount",
    "NewBot",
    "NewConversation",
    "NewKey",
    "NewUser",
    "ProvisionError",
    "ProvisionFile",
    "Rotation",
    "SchemaTooNew",
    "Storage",
    "StorageError",
    "StorageStatistics",
    "begin_epochs",
    "open_storage",
    "rotate_master_key",
    "set_role",
]
