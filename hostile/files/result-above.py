# shows = "results from outside are refused before anything runs"
# refused = ["output_files[0]", "output_files[1]"]
# output_files = ["../etc/passwd", "/etc/passwd"]
print("never run")
