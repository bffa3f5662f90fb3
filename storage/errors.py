"""What storage says when it cannot be opened or fed.

    StorageError                 the message is the one line to print
    ├── SchemaTooNew             a later version of Hubbub has written this database
    ├── KeyFileError             the master key is missing, readable by others, or of another database
    └── ProvisionError           a provisioning file names something that does not exist; `path` says where

While the hub runs, storage raises the port errors of `actors.ports` and, for a row that is not there, LookupError.
"""


class StorageError(Exception):
    """The operator has to act; nothing was changed."""


class SchemaTooNew(StorageError):
    """The database has a revision that this version does not know."""


class KeyFileError(StorageError):
    """The master key cannot be used."""


class ProvisionError(StorageError):
    """An entry of a provisioning file cannot be carried out; nothing of the file was."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
