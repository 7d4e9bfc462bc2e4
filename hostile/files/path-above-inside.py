# shows = "also where the path goes down first"
# refused = ["files[1].path"]
# files = [{ path = "a/../../x", content = "" }]
print("never run")
