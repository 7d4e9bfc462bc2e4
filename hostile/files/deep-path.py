# shows = "a path of many folders is refused"
# refused = ["files[1].path"]
# files = [{ path = "a/a/a/a/a/a/a/a/a", content = "" }]
print("never run")
