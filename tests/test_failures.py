"""Every foreign error that the store can meet becomes one of ours at one boundary."""

import hiredis
import pytest
import redis.exceptions
from redis._parsers.base import BaseParser

from rankd.errors import OutcomeUnknown, StoreAway, StoreFull, StoreUnfit
from rankd.store.failures import UNFIT_WORDS, error_of_reply, reason_of

# The words that redis-py knows an error reply to begin with.
KNOWN_WORDS = sorted(set(BaseParser.EXCEPTION_CLASSES))
# Replies that say nothing of whether the script had begun.
IN_THE_MIDDLE = {"ERR", "EXECABORT"}


@pytest.mark.parametrize("word", KNOWN_WORDS)
def test_every_word_of_an_error_reply_is_ours(word: str) -> None:
    error = error_of_reply(f"{word} something went wrong", writes=True)
    if word == "OOM":
        assert isinstance(error, StoreFull)
    elif word in IN_THE_MIDDLE:
        assert isinstance(error, OutcomeUnknown)
    else:
        assert word in UNFIT_WORDS
        assert isinstance(error, StoreUnfit)


@pytest.mark.parametrize("word", [*KNOWN_WORDS, "WRONGTYPE", "SOMETHINGNEW"])
def test_a_servers_own_words_never_reach_a_client(word: str) -> None:
    assert "s3cret" not in error_of_reply(f"{word} s3cret").detail
    assert error_of_reply(f"{word} s3cret").status in (503, 507)


def test_a_script_refused_for_memory_inside_an_error_is_a_full_store() -> None:
    assert isinstance(error_of_reply("ERR OOM command not allowed when used memory > 'maxmemory'"), StoreFull)


def everything_below(cls: type[BaseException]) -> list[type[BaseException]]:
    return [cls, *(leaf for sub in cls.__subclasses__() for leaf in everything_below(sub))]


@pytest.mark.parametrize("foreign", [*everything_below(hiredis.HiredisError), *everything_below(ConnectionError)])
def test_every_way_a_connection_ends_has_words(foreign: type[BaseException]) -> None:
    assert reason_of(foreign("detail with s3cret")) in {
        "it broke the protocol",
        "nothing listens at its address",
        "the connection ended",
    }


def test_our_errors_are_not_the_clients_librarys() -> None:
    assert not issubclass(StoreAway, redis.exceptions.RedisError)
