import Foundation
import Testing

@Suite("A room imports only from floors below it and from rooms to its left")
struct ImportTests {
    /// The floors from the ground up, the rooms of each from left to right (DESIGN.md, section 2).
    private static let floors: [[String]] = [
        ["Kernel", "Statistics", "WireTypes"],
        [
            "NativeLibraries", "Processes", "Outbound", "Database", "Analytics", "ObjectStore", "KeyValue",
            "EventStream",
            "Inference",
        ],
        [
            "Ledger", "Artifacts", "Tracking", "Registry", "Datasets", "Features", "Modules", "Training", "Serving",
            "Monitoring",
            "Pipelines", "Governance", "Gateway", "Webhooks", "MLflowImport",
        ],
        ["Martlet", "OpenInferenceMessages", "Server", "CommandLine"],
    ]
    /// Modules of C, which lie beside the ground floor and import nothing.
    private static let shims: Set<String> = [
        "CONNXRuntime", "CDuckDB", "CLibPQ", "CHiredis", "CRdKafka", "CWebAssets", "CPythonWorker", "CZlib",
    ]
    private static let rank = Dictionary(uniqueKeysWithValues: floors.joined().enumerated().map { ($1, $0) })

    /// What a ground room may take from outside, by room.
    private static let outside: [String: Set<String>] = [
        "Kernel": ["FoundationEssentials", "Crypto"],
        "Statistics": ["FoundationEssentials", "Glibc"],
        "WireTypes": ["FoundationEssentials"],
    ]

    private static let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Sources")

    private static func rooms() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: sources.path).filter { !$0.hasPrefix(".") }.sorted()
    }

    /// The modules that a line imports; none for most lines.
    private static func module(_ line: Substring) -> String? {
        let words = line.split { $0 == " " || $0 == "\t" || $0 == ";" }
        guard let place = words.firstIndex(of: "import"), words[..<place].allSatisfy(isModifier) else { return nil }
        let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "typealias", "var", "let", "actor"]
        let rest = words[(place + 1)...].drop { kinds.contains($0) }
        return rest.first.map { String($0.prefix { $0 != "." }) }
    }

    private static func isModifier(_ word: Substring) -> Bool {
        word.hasPrefix("@") || ["public", "package", "internal", "fileprivate", "private"].contains(word)
    }

    /// The modules that a room's files import, each with a file that does.
    private static func imports(of room: String) throws -> [String: String] {
        let folder = sources.appending(path: room).resolvingSymlinksInPath()
        var imports: [String: String] = [:]
        guard let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil) else {
            return [:]
        }
        for case let file as URL in files where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for line in text.split(separator: "\n") {
                if let module = module(line) { imports[module] = file.lastPathComponent }
            }
        }
        return imports
    }

    @Test("and every folder of Sources is a room that has its place")
    func everyRoomHasItsPlace() throws {
        let rooms = try Self.rooms()
        #expect(rooms.contains("Kernel") && rooms.contains("Server"))
        for room in rooms { #expect(Self.rank[room] != nil || Self.shims.contains(room), "\(room)") }
    }

    @Test("as every file of it does", arguments: try rooms())
    func importsClimbNowhere(room: String) throws {
        for (module, file) in try Self.imports(of: room) {
            guard let other = Self.rank[module] else { continue }
            let own = try #require(Self.rank[room], "\(room) is a shim and imports \(module) in \(file)")
            #expect(other < own, "\(room)/\(file) imports \(module), which lies above it or to its right")
        }
    }

    @Test("and the rooms on the ground floor take next to nothing from outside", arguments: floors[0])
    func groundIsPure(room: String) throws {
        guard try Self.rooms().contains(room) else { return }
        for (module, file) in try Self.imports(of: room) where Self.rank[module] == nil {
            #expect(Self.outside[room]?.contains(module) == true, "\(room)/\(file) imports \(module)")
        }
    }

    /// Engines that ask other servers by HTTP.
    private static let askers: Set<String> = ["ObjectStore", "Outbound"]

    @Test("and HTTP is spoken on the top floor, and by engines that ask others only")
    func httpStaysAbove() throws {
        for room in try Self.rooms() where !Self.floors[3].contains(room) {
            for (module, file) in try Self.imports(of: room) {
                #expect(!["Hummingbird", "HTTPTypes"].contains(module), "\(room)/\(file)")
                let asks = Self.askers.contains(room)
                #expect(asks || !["AsyncHTTPClient", "NIOHTTP1"].contains(module), "\(room)/\(file)")
            }
        }
    }

    @Test(
        "however the line is written",
        arguments: [
            ("import Kernel", "Kernel"), ("package import Kernel", "Kernel"), ("  @testable import Kernel", "Kernel"),
            ("@preconcurrency public import struct Kernel.JSON", "Kernel"), ("import Kernel; import X", "Kernel"),
            ("// import Kernel", nil), ("let x = \"import Kernel\"", nil), ("", nil), ("important()", nil),
        ] as [(String, String?)]
    )
    func readsLines(line: String, module: String?) {
        #expect(Self.module(Substring(line)) == module)
    }
}
