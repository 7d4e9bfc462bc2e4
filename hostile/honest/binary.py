# shows = "bytes that are not text pass unchanged in both directions"
# outcome = "ok"
# stdin = "AP8=\u0000 x"
# stdout = "AAH//kFQOD0AIHgA"
import sys
sys.stdout.buffer.write(b"\x00\x01\xff\xfe" + sys.stdin.buffer.read() + b"\x00")
