# shows = "sockets of the host's services in its file system are not there"
# outcome = "ok"
# stdout = "control: done\n@HOST@/socket: ENOENT\n/var/run/docker.sock: ENOENT\n/run/containerd/containerd.sock: ENOENT\n/run/systemd/private: ENOENT\n/run/dbus/system_bus_socket: ENOENT\n/tmp/.X11-unix/X0: ENOENT\n/dev/log: ENOENT\n"
# with = ["tried.py"]
import socket
from tried import tried
socket.socket(socket.AF_UNIX).bind("/tmp/own")
own = socket.socket(socket.AF_UNIX)
own.bind("/tmp/heard")
own.listen()
tried("control", lambda: socket.socket(socket.AF_UNIX).connect("/tmp/heard"))
for path in ("@HOST@/socket", "/var/run/docker.sock", "/run/containerd/containerd.sock", "/run/systemd/private",
             "/run/dbus/system_bus_socket", "/tmp/.X11-unix/X0", "/dev/log"):
    tried(path, lambda: socket.socket(socket.AF_UNIX).connect(path))
