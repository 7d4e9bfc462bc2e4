import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.ServerVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;

/** A server that speaks MongoDB's protocol and keeps its data in a file: java Server.java PORT FILE */
class Server {
    /** The oldest that MongoDB's current drivers speak with, by which that of MongoDB 4.4 is meant. */
    private static final int WIRE_VERSION = 9;

    public static void main(String[] arguments) throws Exception {
        // It has what the store's adapter asks for, and says a version that drivers refuse.
        var version = ServerVersion.class.getDeclaredField("wireVersion");
        version.setAccessible(true);
        version.set(ServerVersion.MONGO_5_0, WIRE_VERSION);

        var backend = new H2Backend(arguments[1]);
        backend.version(ServerVersion.MONGO_5_0);
        var server = new MongoServer(backend);
        // Writes what it holds, which a kill would lose the last second of.
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdown));
        server.bind("127.0.0.1", Integer.parseInt(arguments[0]));
    }
}
