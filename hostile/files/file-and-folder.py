# shows = "a file that is to be a folder as well is refused"
# refused = ["files[2].path"]
# files = [{ path = "a", content = "1" }, { path = "a/b", content = "2" }]
print("never run")
