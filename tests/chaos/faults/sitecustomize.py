"""On a worker's PYTHONPATH: articles that hang it, slow it down or kill its process, as a fault in a library would.

Python imports this module when it starts, in the worker and in the processes forked for it.
"""

import os
import re
import signal
import time
from pathlib import Path

from streams.events import Article, CleanArticle
from streams.text import cleaning

HANGS = "GANTUNG-SELAMANYA"
KILLS = "BUNUH-PROSES"
IS_SLOW = "LAMBAT-SEKALI"
SLOW_SECONDS = 6.0
BEGUN = "FAULTS_BEGUN"
"""Environment variable with the named pipe that is told when a slow article is being worked on."""

_clean = cleaning.clean


def clean(article: Article) -> CleanArticle:
    """As the real one, but for the articles that name a fault."""
    if HANGS in article.body:
        # Exponential backtracking, in C: it holds the interpreter's lock, no thread of the process runs any more.
        re.match(r"(a+)+b", "a" * 80)
    if KILLS in article.body:
        os.kill(os.getpid(), signal.SIGKILL)
    if IS_SLOW in article.body:
        Path(os.environ[BEGUN]).write_text("begun")  # a named pipe: waits until somebody reads it
        time.sleep(SLOW_SECONDS)
    return _clean(article)


cleaning.clean = clean
