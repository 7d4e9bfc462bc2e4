# shows = "results larger than allowed are refused, those beside them are not"
# outcome = "ok"
# output_files = ["large", "small"]
# given_back = { small = "x" }
# message_has = ["large", "1048576"]
open("large", "wb").write(b"x" * ((1 << 20) + 1))
open("small", "w").write("x")
