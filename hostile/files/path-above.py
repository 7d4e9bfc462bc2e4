# shows = "a source file whose path leads out is refused"
# refused = ["files[1].path"]
# files = [{ path = "../x", content = "" }]
print("never run")
