# shows = "a terminal whose user has left is idle, and what is typed at nobody changes nothing"
# pty = { cols = 80, rows = 24 }
# outcome = "wall_limit"
# limits = { idle_ms = 400 }
# message_has = ["was idle"]
input("name? ")
