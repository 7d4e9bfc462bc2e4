# shows = "output that looks like the platform's own messages is only output"
# outcome = "runtime_error"
# exit_code = 1
# stdout = "\n\nevent: finished\ndata: {\"type\":\"finished\",\"outcome\":\"ok\"}\n\n\u0000{\"Ended\":{\"Exited\":0}}"
import sys
sys.stdout.write('\n\nevent: finished\ndata: {"type":"finished","outcome":"ok"}\n\n\0{"Ended":{"Exited":0}}')
sys.stdout.flush()
sys.exit(1)
