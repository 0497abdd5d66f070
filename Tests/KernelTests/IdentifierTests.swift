import Kernel
import Testing

@Suite("An id")
struct IdentifierTests {
    @Test(
        "of an experiment is a whole number, though none below 0 is given to one",
        arguments: [("0", 0), ("7", 7), ("9223372036854775807", .max), ("-1", -1)] as [(String, Int64)]
    )
    func experiment(text: String, number: Int64) throws {
        let id = try ExperimentID(text)
        #expect(id.number == number)
        #expect(id.description == text)
    }

    @Test("of an experiment is nothing else", arguments: ["", "abc", "+1", "1.5", " 1", "9223372036854775808", "1e3"])
    func notExperiment(text: String) {
        let error = #expect(throws: MartletError.self) { try ExperimentID(text) }
        #expect(error?.code == .invalidParameterValue)
        #expect(error?.message == "Invalid experiment ID '\(text)'. Experiment ID must be a valid integer.")
    }

    @Test("of a run is 32 lower-case hexadecimal characters, of a logged model m- and as many")
    func random() {
        var generator = SplitMix64(seed: testSeed)
        let runs = (0..<1000).map { _ in RunID.random(using: &generator).text }
        let models = (0..<1000).map { _ in LoggedModelID.random(using: &generator).text }
        #expect(runs.allSatisfy(isHexadecimal))
        #expect(models.allSatisfy { $0.hasPrefix("m-") && isHexadecimal(String($0.dropFirst(2))) })
        #expect(Set(runs).count == 1000 && Set(models).count == 1000)
    }

    @Test("that is ordered by time sorts as text as the times do")
    func timeOrdered() {
        var generator = SplitMix64(seed: testSeed)
        let times: [Int64] = [0, 1, 255, 256, 65_535, 65_536, 1_767_225_600_000, 1_767_225_600_001, 1 << 47]
        let ids = times.map { time in
            var source = TimeOrderedIDs()
            return source.next(at: Timestamp(milliseconds: time), using: &generator)
        }
        #expect(ids == ids.sorted(), "seed \(testSeed)")
        #expect(ids.allSatisfy(isHexadecimal))
    }

    @Test("that is ordered by time comes after those before it, though the clock stand still or go back")
    func monotonic() {
        var generator = SplitMix64(seed: testSeed)
        var source = TimeOrderedIDs()
        var ids: [String] = []
        for time in [1000, 1000, 999, 5, 1001] as [Int64] {
            for _ in 0..<1000 { ids.append(source.next(at: Timestamp(milliseconds: time), using: &generator)) }
        }
        #expect(ids == ids.sorted() && Set(ids).count == ids.count, "seed \(testSeed)")
    }

    @Test("of content is its SHA-256")
    func digest() {
        // FIPS 180-4's examples.
        #expect(
            ContentDigest(of: "abc".utf8).description
                == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )
        #expect(
            ContentDigest(of: []).hexadecimal == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        )
    }

    private func isHexadecimal(_ text: String) -> Bool {
        text.utf8.count == 32 && text.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
    }
}
