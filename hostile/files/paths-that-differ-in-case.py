# shows = "two paths that are one on some systems are refused"
# refused = ["files[2].path"]
# files = [{ path = "data.txt", content = "1" }, { path = "DATA.txt", content = "2" }]
print("never run")
