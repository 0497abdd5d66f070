import ArgumentParser
import Inference
import Testing

@testable import CommandLine

@Suite("What a run of an ONNX model may use")
struct RunLimitOptionsTests {
    @Test("is what the options say, else the environment, else the usual")
    func order() throws {
        let environment = ["MARTLET_RUN_TIMEOUT": "5", "MARTLET_RUN_MEMORY": "100"]
        let named = try RunLimitOptions.parse(["--run-timeout", "7"]).limits(environment)
        #expect(named.time == .seconds(7) && named.memoryBytesMax == 100 << 20)
        let empty = ["MARTLET_RUN_TIMEOUT": "", "MARTLET_RUN_MEMORY": ""]
        #expect(try RunLimitOptions.parse([]).limits(empty) == RunLimits())
    }

    @Test("is refused where it is no such number", arguments: ["0", "-1", "86401", "1.5", "many"])
    func refused(text: String) {
        #expect(throws: ValidationError.self) { try RunLimitOptions.parse([]).limits(["MARTLET_RUN_TIMEOUT": text]) }
    }
}
