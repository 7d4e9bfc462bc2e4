# shows = "starts as ever, in a jail that is made just now"
# outcome = "ok"
# stdout = "started\n"
print("started")
