// shows = "a regular expression that backtracks for ever ends"
// outcome = "cpu_limit"
// stdout = "begun\n"
// limits = { cpu_ms = 500 }
console.log("begun");
/^(a+)+$/.test("a".repeat(64) + "!");
