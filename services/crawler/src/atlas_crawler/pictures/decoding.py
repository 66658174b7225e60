"""The decoding process: reads pictures from standard input, and writes what it found to standard output.

A message in is a picture, a message out is JSON.
"""

import json
import os
import resource
import sys
from dataclasses import asdict
from typing import BinaryIO

from atlas_crawler.model.exceptions import LinkFailed
from atlas_crawler.pictures.containers import read_container
from atlas_crawler.pictures.limits import PictureLimits
from atlas_crawler.pictures.others import decode
from atlas_crawler.pictures.pipe import LENGTH


def main() -> None:
    max_pixels, max_frames, address_space = map(int, sys.argv[1:])
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a codec prints must not mix with the answers
    resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answer_all(sys.stdin.buffer, answers, PictureLimits(max_pixels, max_frames))


def answer_all(pictures: BinaryIO, answers: BinaryIO, limits: PictureLimits) -> None:
    while header := pictures.read(LENGTH.size):
        answer = json.dumps(describe(pictures.read(*LENGTH.unpack(header)), limits)).encode()
        answers.write(LENGTH.pack(len(answer)) + answer)
        answers.flush()


def describe(content: bytes, limits: PictureLimits) -> dict[str, object]:
    """The fields of `Picture`, or `reason` and `detail` of why the picture can't be kept."""
    try:
        return asdict(read_container(content, limits) or decode(content, limits))
    except LinkFailed as failure:
        return {"reason": failure.reason, "detail": str(failure)}
    except MemoryError:
        return {"reason": "decoder_out_of_memory", "detail": "decoding needs more memory than a decoder may have"}


if __name__ == "__main__":
    main()
