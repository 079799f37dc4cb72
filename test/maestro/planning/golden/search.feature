# Written by the product team
@search
Feature: Search notes
  As a user
  I want to search notes by a word
  So that I find what I wrote

  Background:
    Given three notes exist

  Scenario: A word that is in one note
    When I search for "milk"
    Then I see one note
    And it contains "milk"

  Scenario Outline: Words that are in none
    When I search for "<word>"
    Then I see the message "nothing found"

    Examples:
      | word |
      | zebu |

Feature: Export notes as PDF
  Scenario: All notes
    When I export my notes
    Then I get a PDF with every note
