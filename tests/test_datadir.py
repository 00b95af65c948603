"""The data directory: made private, locked by one, its secrets made once and kept."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from rankd.datadir import MAX_SOCKET_PATH_BYTES, DataDir, StartRefused
from rankd.domain.access import is_mistyped, looks_like_own_key


@pytest.fixture
def directory(tmp_path: Path) -> DataDir:
    made = DataDir(tmp_path / "rankd")
    made.prepare()
    return made


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_directory_is_its_owners_only(directory: DataDir) -> None:
    assert mode(directory.path) == 0o700
    assert list(directory.path.iterdir()) == []


def test_a_file_in_its_place_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StartRefused, match=r"not a directory.*--data-dir"):
            DataDir(path).prepare()


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_a_directory_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(StartRefused, match=r"permission denied.*--data-dir"):
        DataDir(tmp_path / "closed").prepare()


@pytest.mark.skipif(not Path("/proc/1").exists(), reason="needs a file system that refuses writes to all")
def test_a_read_only_file_system_is_explained() -> None:
    with pytest.raises(StartRefused, match=r"cannot be made or written: .*--data-dir"):
        DataDir(Path("/proc/rankd")).prepare()


def test_a_second_lock_is_refused_and_names_the_holder(directory: DataDir) -> None:
    with directory.lock():
        with pytest.raises(StartRefused, match=f"process {os.getpid()}"), DataDir(directory.path).lock():
            pass
        assert directory.holder() == os.getpid()
    with DataDir(directory.path).lock():  # free again
        pass
    assert directory.holder() is None


def test_a_killed_holder_leaves_the_directory_free(directory: DataDir) -> None:
    program = (
        "import os, pathlib, sys; from rankd.datadir import DataDir\n"
        "with DataDir(pathlib.Path(sys.argv[1])).lock(): os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(directory.path)], check=False)
    assert done.returncode == -9
    with directory.lock():
        assert directory.holder() == os.getpid()


def test_the_root_key_is_made_once_in_its_published_form(directory: DataDir) -> None:
    key = directory.root_key()
    assert key.startswith("rk_root_")
    assert looks_like_own_key(key)
    assert not is_mistyped(key)
    assert DataDir(directory.path).root_key() == key
    assert mode(directory.root_key_file) == 0o600


def test_the_pepper_is_made_once_and_works_as_a_setting(directory: DataDir) -> None:
    pepper = directory.pepper()
    assert len(pepper) == 64
    assert mode(directory.pepper_file) == 0o600
    moved = directory.open_secrets(pepper=directory.pepper_file.read_text().strip())
    assert moved.pepper == pepper


def test_loose_permissions_of_a_secret_are_put_right(directory: DataDir) -> None:
    key = directory.root_key()
    directory.root_key_file.chmod(0o644)
    assert directory.root_key() == key
    assert mode(directory.root_key_file) == 0o600


def test_an_empty_secret_is_refused(directory: DataDir) -> None:
    directory.pepper_file.write_text("\n")
    with pytest.raises(StartRefused, match="empty"):
        directory.pepper()


def test_given_secrets_touch_no_directory(tmp_path: Path) -> None:
    directory = DataDir(tmp_path / "never")
    secrets = directory.open_secrets("rk_root_given", "pepper")
    assert (secrets.root_key, secrets.pepper) == ("rk_root_given", b"pepper")
    assert not directory.path.exists()


def test_a_short_path_holds_the_socket_itself(directory: DataDir) -> None:
    assert directory.settle_socket() == directory.path / "store.sock"


def test_a_long_path_gets_a_private_short_place_that_stays(tmp_path: Path) -> None:
    directory = DataDir(tmp_path / ("d" * 120))
    directory.prepare()
    path = directory.settle_socket()
    assert len(os.fsencode(path)) <= MAX_SOCKET_PATH_BYTES
    assert mode(path.parent) == 0o700
    assert DataDir(directory.path).socket_path() == path
    path.parent.rmdir()  # something cleaned the temporary directory
    assert directory.settle_socket() == path
    assert path.parent.is_dir()
    directory.forget_place()
    assert not path.parent.exists()
