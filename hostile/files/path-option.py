# shows = "a name that a tool would read as an option is refused"
# refused = ["files[1].path"]
# files = [{ path = "-fplugin=x.c", content = "" }]
print("never run")
