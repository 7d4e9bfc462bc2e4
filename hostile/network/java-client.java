// shows = "a JVM has no network either"
// path = "Client.java"
// outcome = "ok"
// limits = { memory_bytes = 268435456, cpu_ms = 3000 }
// stdout = "192.0.2.1 SocketException\nexample.org UnknownHostException\n"
import java.net.*;
class Client {
    public static void main(String[] args) {
        for (String host : new String[] {"192.0.2.1", "example.org"})
            try { new Socket(host, 80); System.out.println(host + " connected"); }
            catch (Exception error) { System.out.println(host + " " + error.getClass().getSimpleName()); }
    }
}
