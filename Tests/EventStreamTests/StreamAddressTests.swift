import EventStream
import Testing

@Suite("A stream's address")
struct StreamAddressTests {
    private func read(_ text: String, _ role: StreamAddress.Role = .input) throws -> StreamAddress {
        try StreamAddress(text, as: role, environment: ["SECRET": "from outside"])
    }

    @Test("names servers, topic and group of Kafka's")
    func kafka() throws {
        let address = try read("kafka://one:9093,[::1],two/flowers.v2?group=a%20b&start=latest&session_timeout_ms=6000")
        #expect(address.system == .kafka && address.name == "flowers.v2")
        #expect(address.servers == ["one:9093", "[::1]:9092", "two:9092"])
        #expect(address[option: "group"] == "a b" && address.number("session_timeout_ms") == 6_000)
        #expect(address.user == nil && address.password == nil)
    }

    @Test("names server, database and stream of Redis")
    func redis() throws {
        let address = try read("redis://:p%40ss%2F@host/3/events/of:all?group=g&field=body")
        #expect(address.servers == ["host:6379"] && address.database == 3 && address.name == "events/of:all")
        #expect(address.user == nil && address.password == "p@ss/")
        #expect(address.shown == "redis://host:6379/3/events/of:all")
        #expect(try read("redis://me:x@host/0/s", .output).user == "me")
    }

    @Test("is another one's too, where they have a server, the name and the database in common")
    func same() throws {
        let input = try read("kafka://a,b/t?group=g")
        for text in ["kafka://b:9092,c/t", "kafka://me:x@a/t?transactional_id=x"] {
            #expect(try input.isSame(as: read(text, .output)))
        }
        for text in ["kafka://a:9093/t", "kafka://c/t", "kafka://a/u", "redis://a:9092/0/t"] {
            #expect(try !input.isSame(as: read(text, .output)))
        }
        let stream = try read("redis://a/0/s?group=g")
        #expect(try stream.isSame(as: read("redis://:p@a:6379/0/s?maxlen=1", .output)))
        #expect(try !stream.isSame(as: read("redis://a/1/s", .output)))
    }

    @Test("takes the password from the environment")
    func passwordOutside() throws {
        #expect(try read("redis://host/0/s?password_env=SECRET", .output).password == "from outside")
    }

    @Test(
        "is refused with what would be right, and without the password",
        arguments: [
            ("kafka://host/topic", "group"), ("kafka:///topic?group=g", "host:port"),
            ("kafka://host:x/topic?group=g", "host:port"), ("kafka://host:0/topic?group=g", "host:port"),
            ("kafka://host/to/pic?group=g", "no topic"), ("kafka://host/?group=g", "no topic"),
            ("kafka://host/topic?group=g&maxlen=1", "no option 'maxlen'"),
            ("kafka://host/topic?group=g&group=h", "twice"), ("kafka://host/topic?group=", "group"),
            ("kafka://me:hush@host/topic?group=g&security=none", "security"),
            ("kafka://me@host/topic?group=g", "name and a password"),
            ("redis://:hush@host/s?group=g", "database"), ("redis://:hush@host/x/s?group=g", "database"),
            ("redis://:hush@host,other/0/s?group=g", "one server"), ("rediss://:hush@host/0/s?group=g", "TLS"),
            ("redis://:hu%zzsh@host/0/s?group=g", "percent"),
            ("redis://:hush@host/0/s?group=g&claim_idle_ms=1", "from 100"),
            ("redis://:hush@host/0/s?group=g&password_env=SECRET", "password"),
            ("redis://host/0/s?group=g&password_env=NONE", "not set"), ("redis://host/0/s?group=g#x", "#"),
            ("redis://:hu/hush@host/0/s?group=g", "%2F"), ("redis://:hu?hush@host/0/s?group=g", "%3F"),
            ("redis://:hush#hush@host/0/s?group=g", "%23"), ("kafka://me:1234/hush@host/topic?group=g", "%2F"),
            ("redis://:hush?group=g", "host:port"), ("redis://:hush/0/s?group=g", "host:port"),
            ("redis://:hush", "host:port"),
            ("http://:hush@host/s", "kafka://"), ("", "kafka://"),
        ]
    )
    func refused(text: String, reason: String) {
        let error = #expect(throws: StreamError.self) { try read(text) }
        #expect(error?.code == .refused)
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("hush") == false)
    }
}
