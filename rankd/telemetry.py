"""Logs: JSON lines on standard error, so that no name in them can forge a line. Keys and scores never go in."""

import logging
import sys

import structlog


def configure_logs() -> None:
    """To be called once a process, before anything is logged. What libraries log becomes JSON lines as well."""
    stamps: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    render: list[structlog.typing.Processor] = [
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ]
    structlog.configure(
        processors=[*stamps, *render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    lines = logging.StreamHandler(sys.stderr)
    clean = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    lines.setFormatter(structlog.stdlib.ProcessorFormatter(processors=[clean, *render], foreign_pre_chain=stamps))
    logging.basicConfig(handlers=[lines], level=logging.WARNING, force=True)
