// shows = "an annotation processor that the sources bring along is not run"
// path = "Main.java"
// outcome = "ok"
// stdout = "ran\n"
// lacks = ["processor was here"]
// files = [{ path = "Evil.java", content = """import java.util.*; import javax.annotation.processing.*; import javax.lang.model.element.*;
//   @SupportedAnnotationTypes("*") public class Evil extends AbstractProcessor {
//   static { System.err.println("processor was here"); }
//   public boolean process(Set<? extends TypeElement> a, RoundEnvironment r) { return false; } }""" }, { path = "META-INF/services/javax.annotation.processing.Processor", content = "Evil\n" }, { path = ".classes/META-INF/services/javax.annotation.processing.Processor", content = "Evil\n" }]
// limits = { memory_bytes = 268435456 }
class Main { public static void main(String[] args) { System.out.println("ran"); } }
