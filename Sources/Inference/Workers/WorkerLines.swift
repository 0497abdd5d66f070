import Logging

/// What a worker prints, as lines of the server's log: each cut short, and only so many a minute.
///
/// What a model prints once it answers may be what it was asked, so that goes to level `debug`; before, to `info`.
struct WorkerLines {
    private static let lineBytesMax = 500
    private static let linesMax = 100
    private static let span = Duration.seconds(60)

    /// Whether the worker has been asked something.
    var isServing = false
    private let logger: Logger
    private var line: [UInt8] = []
    private var isCut = false
    private var spanStart = ContinuousClock.now
    private var spanCount = 0
    private var leftOut = 0

    init(logger: Logger) {
        self.logger = logger
    }

    /// Takes what was printed.
    mutating func append(_ bytes: ArraySlice<UInt8>) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                write()
            } else if line.count < Self.lineBytesMax {
                line.append(byte)
            } else {
                isCut = true
            }
        }
    }

    /// Takes what was printed last as a line, even without its end.
    mutating func finish() {
        write()
        tellLeftOut()
    }

    private mutating func write() {
        defer {
            line = []
            isCut = false
        }
        guard !line.isEmpty else { return }
        if ContinuousClock.now - spanStart > Self.span {
            tellLeftOut()
            spanStart = .now
            spanCount = 0
        }
        spanCount += 1
        guard spanCount <= Self.linesMax else {
            leftOut += 1
            return
        }
        let printable = String(decoding: line.map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
        let metadata: Logger.Metadata = ["line": "\(printable)\(isCut ? " …" : "")"]
        logger.log(level: isServing ? .debug : .info, "a model printed a line", metadata: metadata)
    }

    private mutating func tellLeftOut() {
        guard leftOut > 0 else { return }
        logger.info("a model printed more lines than are logged", metadata: ["lines": "\(leftOut)"])
        leftOut = 0
    }
}
