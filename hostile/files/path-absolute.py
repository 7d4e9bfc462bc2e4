# shows = "an absolute path is refused"
# refused = ["files[1].path"]
# files = [{ path = "/etc/cron.d/x", content = "" }]
print("never run")
