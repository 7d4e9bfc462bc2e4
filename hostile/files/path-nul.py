# shows = "NUL in a name, behind which some see another name, is refused"
# refused = ["files[1].path", "output_files[0]"]
# files = [{ path = "a\u0000b", content = "" }]
# output_files = ["a\u0000b"]
print("never run")
