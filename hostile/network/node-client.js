// shows = "neither sockets nor fetch leave"
// outcome = "ok"
// stdout = "socket ENETUNREACH\nfetch failed\n"
require("net").connect(80, "192.0.2.1").on("error", error => {
  console.log("socket", error.code);
  fetch("http://192.0.2.1/").then(() => console.log("fetched"), () => console.log("fetch failed"));
});
