"""How the crawler and its decoding processes speak: each message is its length and its bytes."""

import struct

LENGTH = struct.Struct(">I")
