// shows = "a JVM's own ways past its rules end at the jail"
// path = "Way.java"
// outcome = "ok"
// limits = { memory_bytes = 268435456, cpu_ms = 3000 }
// stdout = "/etc/shadow NoSuchFileException\n/proc/1/environ NoSuchFileException\n@HOST@/secret NoSuchFileException\n/etc/passwd FileSystemException\n/usr/bin/x FileSystemException\n"
import java.nio.file.*;
class Way {
    public static void main(String[] args) {
        for (String path : new String[] {"/etc/shadow", "/proc/1/environ", "@HOST@/secret"})
            try { System.out.println(path + " " + Files.readString(Path.of(path))); }
            catch (Exception error) { System.out.println(path + " " + error.getClass().getSimpleName()); }
        for (String path : new String[] {"/etc/passwd", "/usr/bin/x"})
            try { Files.writeString(Path.of(path), "x"); System.out.println(path + " written"); }
            catch (Exception error) { System.out.println(path + " " + error.getClass().getSimpleName()); }
    }
}
