# shows = "takes the port as if nobody had had it, and finds every counter at zero"
# outcome = "ok"
# stdout = "bind: done\npackets: 0\nopened: 0 0\nwithout a route: 0 0\nsockets waiting: 0\n"
# with = ["tried.py"]
import socket
from tried import tried

def bind():
    with socket.socket() as own:
        own.bind(("127.0.0.1", 4711))

def table(name):
    return open("/proc/self/net/" + name).read()

def counted(name, protocol, what):
    names, values = [line.split() for line in table(name).splitlines() if line.startswith(protocol + ":")]
    return dict(zip(names, values))[what]

def alone(name, what):
    return dict(line.split() for line in table(name).splitlines())[what]

tried("bind", bind)
interface = next(line for line in table("dev").splitlines() if "lo:" in line)
print("packets:", interface.split()[2])
print("opened:", counted("snmp", "Tcp", "ActiveOpens"), counted("snmp", "Tcp", "PassiveOpens"))
print("without a route:", counted("snmp", "Ip", "OutNoRoutes"), alone("snmp6", "Ip6OutNoRoutes"))
print("sockets waiting:", table("sockstat").split("tw ")[1].split()[0])
